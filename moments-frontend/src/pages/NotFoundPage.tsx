import { Compass } from "lucide-react";
import { t } from "@/i18n";
import { LIBRARY_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { LinkButton } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";

export function NotFoundPage() {
  useDocumentTitle(t("app.notFound"));
  return (
    <main>
      <EmptyState
        isPage
        icon={<Compass />}
        title={t("app.pageNotFound")}
        actions={
          <LinkButton href={LIBRARY_PATH} variant="primary">
            {t("common.goToLibrary")}
          </LinkButton>
        }
      >
        {t("app.theAddressMayBeWrong")}
      </EmptyState>
    </main>
  );
}
