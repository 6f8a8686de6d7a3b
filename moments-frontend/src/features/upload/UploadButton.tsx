import { Plus } from "lucide-react";
import { Button } from "@/ui/Button";
import { openUploadDialog } from "./dialog-store";

export function UploadButton() {
  return (
    <Button variant="primary" icon={<Plus />} onPress={() => openUploadDialog()}>
      Add
    </Button>
  );
}
