import { Compass } from "lucide-react";
import { LinkButton } from "@/ui/Button";
import { State } from "@/ui/State";
import { useTitle } from "./title";

export function NotFoundPage() {
  useTitle("Not found");
  return (
    <main>
      <State
        isPage
        icon={<Compass />}
        title="There is no such page"
        actions={
          <LinkButton href="/" variant="primary">
            To the library
          </LinkButton>
        }
      >
        The address may be mistyped, or the page has moved.
      </State>
    </main>
  );
}
