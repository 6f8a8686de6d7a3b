import { type InfiniteData, useMutation } from "@tanstack/react-query";
import {
  type LibraryMoment,
  type MomentPage,
  type MomentUpdate,
  refreshMoments,
  updateMoment,
} from "@/api/moments";
import { queryClient } from "@/api/query-client";
import { t } from "@/i18n";
import { toastError } from "@/ui/Toasts";

type Pages = InfiniteData<MomentPage, string | null>;
const LISTS = { queryKey: ["moments-of-library"] };

/** Return the key of a moment: ids are unique within a video. */
export function libraryKey({ id, video }: Pick<LibraryMoment, "id" | "video">): string {
  return `${video.id}/${id}`;
}

/** Keep or rate a moment; the lists show it at once. */
export function useUpdateLibraryMoment(moment: LibraryMoment) {
  return useMutation({
    mutationFn: (change: MomentUpdate) => updateMoment(moment.video.id, moment.id, change),
    onMutate: async (change) => {
      await queryClient.cancelQueries(LISTS);
      queryClient.setQueriesData<Pages>(LISTS, (pages) => pages && changed(pages, moment, change));
    },
    onError: (error) => toastError(t("moments.couldNotSaveTitle", { title: moment.title }), error),
    onSettled: () => refreshMoments(moment.video.id),
  });
}

function changed(data: Pages, moment: LibraryMoment, { rating, is_kept }: MomentUpdate): Pages {
  const key = libraryKey(moment);
  const update = (one: LibraryMoment): LibraryMoment => ({
    ...one,
    rating: rating === undefined ? one.rating : rating,
    is_kept: is_kept ?? one.is_kept,
  });
  const pages = data.pages.map((page) => ({
    ...page,
    moments: page.moments.map((one) => (libraryKey(one) === key ? update(one) : one)),
  }));
  return { ...data, pages };
}
