import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { queryClient } from "./query-client";
import type { Vocabulary } from "./schema";

/** Query the names and terms of the library. */
export function vocabularyQuery() {
  return queryOptions({
    queryKey: ["vocabulary"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/vocabulary", { signal })),
  });
}

/** Replace all terms of the library. */
export async function saveVocabulary(terms: string[]): Promise<Vocabulary> {
  const saved = await unwrap(client.PUT("/api/vocabulary", { body: { terms } }));
  queryClient.setQueryData(vocabularyQuery().queryKey, saved);
  return saved;
}
