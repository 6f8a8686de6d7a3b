import { useQuery } from "@tanstack/react-query";
import { Cloud, HardDrive } from "lucide-react";
import type { VideoDetail } from "@/api/schema";
import { systemQuery } from "@/api/storage";
import { type TextKey, t } from "@/i18n";
import { Badge } from "@/ui/Badge";

type Location = VideoDetail["location"];

const IN_CLOUD: Record<Location, TextKey> = {
  bucket: "video.inCloud",
  both: "video.inCloudAndLocal",
  local: "video.onlyLocal",
};
/** The storage server of this machine keeps its objects on the same disk. */
const EMBEDDED: Record<Location, TextKey> = {
  bucket: "video.embeddedStored",
  both: "video.embeddedTwice",
  local: "video.onlyLocal",
};

/** Location of the bytes of a video. Empty until the kind of storage is loaded. */
export function StorageFact({ video: { location, cloud_url: url } }: { video: VideoDetail }) {
  const system = useQuery(systemQuery()).data;
  if (!system) return null;
  const isEmbedded = system.storage.is_embedded;
  const isHere = isEmbedded || location === "local";
  return (
    <div>
      <dt className="visually-hidden">{t("video.storage")}</dt>
      <dd title={[isEmbedded ? t(EMBEDDED[location]) : null, url].filter(Boolean).join("\n")}>
        <Badge tone="good" icon={isHere ? <HardDrive aria-hidden /> : <Cloud aria-hidden />}>
          {isHere ? t("video.onThisMachine") : t(IN_CLOUD[location])}
        </Badge>
      </dd>
    </div>
  );
}
