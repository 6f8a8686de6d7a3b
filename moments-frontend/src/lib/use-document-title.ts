import { useEffect } from "react";

/** Set the tab's title, which screen readers announce on navigation. */
export function useDocumentTitle(title: string | null | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · VideoMoments` : "VideoMoments";
  }, [title]);
}
