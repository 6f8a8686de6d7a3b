import { Compass } from "lucide-react";
import { useDocumentTitle } from "@/lib/use-document-title";
import { LinkButton } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";

export function NotFoundPage() {
  useDocumentTitle("Not found");
  return (
    <main>
      <EmptyState
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
      </EmptyState>
    </main>
  );
}
