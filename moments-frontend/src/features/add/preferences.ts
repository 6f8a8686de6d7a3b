/** Whether moments are looked for in files that are added; kept in this browser. */

const KEY = "videomoments:find-moments";

export function findsMoments(): boolean {
  try {
    return localStorage.getItem(KEY) !== "no";
  } catch {
    return true; // storage can be forbidden
  }
}

export function rememberFindsMoments(finds: boolean): void {
  try {
    localStorage.setItem(KEY, finds ? "yes" : "no");
  } catch {
    // then it holds for this once
  }
}
