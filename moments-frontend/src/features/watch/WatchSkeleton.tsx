import { Skeleton } from "@/ui/Skeleton";
import styles from "./WatchPage.module.css";

/** The page's places, while what belongs there is on its way. */
export function WatchSkeleton() {
  return (
    <main className={styles.page} aria-busy>
      <h1 className="visually-hidden">The video is being looked up</h1>
      <div className={styles.stage}>
        <Skeleton style={{ aspectRatio: "16 / 9", borderRadius: "var(--radius-l)" }} />
        <Skeleton width="60%" height="1.9rem" />
        <Skeleton width="40%" height="1rem" />
      </div>
      <div className={styles.panel} />
    </main>
  );
}
