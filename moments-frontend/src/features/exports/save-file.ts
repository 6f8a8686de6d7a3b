import { ApiError, toApiError } from "@/api/errors";
import { fetchFile } from "@/api/exports";
import { toastError } from "@/ui/Toasts";

/** Save the file of a URL like a link with `download`. */
export function saveUrl(url: string, filename: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
}

/** Save a file that the API may refuse to make; a toast shows the reason. */
export async function saveFile(url: string, failed: string): Promise<void> {
  try {
    const file = await fetchFile(url);
    const local = URL.createObjectURL(file);
    saveUrl(local, file.name);
    setTimeout(() => URL.revokeObjectURL(local)); // the download has started by then
  } catch (error) {
    // The API's remedies are for programs.
    toastError(failed, new ApiError({ ...toApiError(error).problem, remedy: null }));
  }
}
