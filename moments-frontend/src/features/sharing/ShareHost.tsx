import { lazy } from "@/lib/lazy";
import { closeShareDialog, useShareTarget } from "@/lib/share-target";
import { Boundary } from "@/ui/Boundary";

const ShareDialog = lazy(async () => ({ default: (await import("./ShareDialog")).ShareDialog }));

/** Renders the open share dialog, on every page. */
export function ShareHost() {
  const target = useShareTarget();
  if (target === null) return null;
  return (
    <Boundary place="dialog" onClose={closeShareDialog}>
      <ShareDialog target={target} onClose={closeShareDialog} />
    </Boundary>
  );
}
