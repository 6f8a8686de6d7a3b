import { lazy, Suspense } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components/Tabs";
import type { VideoDetail } from "@/api/schema";
import { TranscriptPanel } from "./transcript/TranscriptPanel";
import styles from "./WatchPage.module.css";

const MomentsPanel = lazy(async () => ({
  default: (await import("./moments/MomentsPanel")).MomentsPanel,
}));

/** What belongs to the video, beside it: the moments, and what is said. */
export function SidePanel({ video }: { video: VideoDetail }) {
  return (
    <Tabs className={styles.panel}>
      <TabList aria-label="About this video" className={styles.tabs ?? ""}>
        <Tab id="moments" className={styles.tab ?? ""}>
          Moments
        </Tab>
        <Tab id="transcript" className={styles.tab ?? ""}>
          Transcript
        </Tab>
      </TabList>
      {/* It stays, so that edges which are being moved are still there when people come back. */}
      <TabPanel id="moments" shouldForceMount className={styles.tabPanel ?? ""}>
        <Suspense fallback={null}>
          <MomentsPanel video={video} />
        </Suspense>
      </TabPanel>
      <TabPanel id="transcript" className={styles.tabPanel ?? ""}>
        <TranscriptPanel video={video} />
      </TabPanel>
    </Tabs>
  );
}
