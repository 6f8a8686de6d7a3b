import { useEffect } from "react";

/** The tab's title; browsers read it to those who do not see the page. */
export function useTitle(title: string | null | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · VideoMoments` : "VideoMoments";
  }, [title]);
}
