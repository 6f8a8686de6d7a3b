/** Ask the user for a file; call it while handling a press. Resolves to null if the dialog is cancelled. */
export function pickFile(types: readonly string[]): Promise<File | null> {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = types.join(",");
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve(input.files?.[0] ?? null));
    input.addEventListener("cancel", () => resolve(null));
    input.click();
  });
}
