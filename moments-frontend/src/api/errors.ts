/** Errors of the API as exceptions. Bodies follow RFC 9457 (`application/problem+json`). */

import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { translateProblem } from "./problem-texts";
import type { Problem } from "./schema";

/** The fields of a problem that did not come with a response of its own. */
export const NO_RESPONSE = { status: 0, errors: null, video_id: null, request_id: null };

/** Create a problem that this app detects itself. */
export function clientProblem(kind: string, title: string, detail: string, remedy: string): Problem {
  const type = `urn:videomoments:error:${kind}`;
  return { ...NO_RESPONSE, type, title, detail, remedy, retryable: true };
}

/** Create the problem of a request without a response. */
export function unreachable(): Problem {
  const [detail, remedy] = [t("api.unreachableDetail"), t("api.unreachableRemedy")];
  return clientProblem("unreachable", t("api.unreachable"), detail, remedy);
}

/** An error response; `status` is 0 if there was no response. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get status(): number {
    return this.problem.status;
  }

  /** The last part of the problem's type, such as `video-not-found`. */
  get kind(): string {
    return this.problem.type.split(":").at(-1) ?? "";
  }

  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

/** Convert any thrown value to an error that can be displayed. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError(clientProblem("page", t("api.failed"), detail, t("api.reload")));
}

/** Return the body of an error response as a problem; other bodies become a generic one. */
export function toProblem(body: unknown, response: Pick<Response, "status" | "statusText">): Problem {
  if (typeof body === "object" && body !== null && "type" in body && "detail" in body) {
    return translateProblem(body as Problem);
  }
  const { status, statusText } = response;
  const detail = t("api.unexpectedDetail", { status: `${status} ${statusText}`.trim() });
  const remedy = t("api.unexpectedRemedy");
  return { ...clientProblem("unexpected-answer", t("api.unexpected"), detail, remedy), status };
}

/** Return a problem's cause and remedy as sentences. */
export function problemText({ detail, remedy }: Pick<Problem, "detail" | "remedy">): string {
  return remedy ? `${sentence(detail)} ${sentence(remedy)}` : sentence(detail);
}

/** Return null for the error of a result or run that does not exist yet; throw others. */
export function nullIfMissing(error: unknown): null {
  if (error instanceof ApiError && ["not-made-yet", "no-run"].includes(error.kind)) return null;
  throw error;
}
