import { Compass } from "lucide-react";
import { LIBRARY_PATH } from "@/lib/routes";
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
        title="Page not found"
        actions={
          <LinkButton href={LIBRARY_PATH} variant="primary">
            Go to library
          </LinkButton>
        }
      >
        The address may be wrong, or the page may have moved.
      </EmptyState>
    </main>
  );
}
