import { useSuspenseQuery } from "@tanstack/react-query";

export function WatchPage({ videoId }: { videoId: string }) {
  void videoId;
  void useSuspenseQuery;
  return <main />;
}
