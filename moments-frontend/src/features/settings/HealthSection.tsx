import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleX, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import type { SystemPart } from "@/api/schema";
import { systemQuery } from "@/api/storage";
import { type TextKey, t } from "@/i18n";
import { sentence } from "@/lib/format";
import { Badge, type Tone } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";

const STATES: Record<SystemPart["state"], { text: TextKey; tone: Tone; icon: ReactNode }> = {
  ok: { text: "settings.healthOk", tone: "good", icon: <CircleCheck aria-hidden /> },
  warning: { text: "settings.healthWarning", tone: "warn", icon: <CircleAlert aria-hidden /> },
  broken: { text: "settings.healthBroken", tone: "bad", icon: <CircleX aria-hidden /> },
};

/** Version, storage, and the state of every part with its remedy. */
export function HealthSection() {
  const system = useQuery(systemQuery());
  return (
    <Section
      id="health"
      title={t("settings.health")}
      actions={
        <IconButton
          size="s"
          label={t("settings.checkAgain")}
          icon={<RotateCw />}
          isPending={system.isFetching}
          onPress={() => void system.refetch()}
        />
      }
    >
      <Loaded query={system}>
        {({ version, storage, parts }) => (
          <>
            <p className={styles.intro}>
              {t(storage.is_embedded ? "settings.versionEmbedded" : "settings.versionCloud", {
                version,
                bucket: storage.bucket,
              })}
            </p>
            <ul className={styles.rows}>
              {parts.map((part) => (
                <Part key={part.name} part={part} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Part({ part: { name, state, detail, remedy } }: { part: SystemPart }) {
  const { text, tone, icon } = STATES[state];
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p className={styles.name}>
          {name}{" "}
          <Badge tone={tone} icon={icon}>
            {t(text)}
          </Badge>
        </p>
        <p className={styles.facts}>
          {sentence(detail)} {remedy && sentence(remedy)}
        </p>
      </div>
    </li>
  );
}
