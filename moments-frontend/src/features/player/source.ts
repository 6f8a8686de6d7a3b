import { clientProblem, toProblem } from "@/api/errors";
import type { Problem } from "@/api/schema";
import { t } from "@/i18n";

export type Source =
  /** The API serves a local file. */
  | { kind: "local" }
  /** The API redirects to the bucket, whose response cannot be read here. */
  | { kind: "remote" }
  /** The API returned an error or could not be reached. */
  | { kind: "rejected"; problem: Problem };

/** Locate the source by requesting one byte without following redirects. */
export async function probeSource(url: string, get: typeof fetch = fetch): Promise<Source> {
  try {
    const headers = { range: "bytes=0-0" };
    const response = await get(url, { headers, redirect: "manual", cache: "no-store" });
    if (response.type === "opaqueredirect") return { kind: "remote" };
    if (response.ok) {
      void response.body?.cancel();
      return { kind: "local" };
    }
    return { kind: "rejected", problem: toProblem(await response.json().catch(() => null), response) };
  } catch {
    return { kind: "rejected", problem: unreachable() };
  }
}

const unreachable = () =>
  clientProblem(
    "unreachable",
    t("player.unreachableTitle"),
    t("player.unreachableDetail"),
    t("player.unreachableRemedy"),
  );

export const fetchFailed = () =>
  clientProblem(
    "not-fetched",
    t("player.notFetchedTitle"),
    t("player.notFetchedDetail"),
    t("player.notFetchedRemedy"),
  );
