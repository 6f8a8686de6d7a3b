import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Storyboard, storyboardQuery } from "@/api/storyboard";
import { createStore, useStore } from "@/lib/store";

/** Time that a row is visible before its pictures are requested, so that fast scrolling requests none. */
const REST_MS = 300;

interface Turn {
  videoId: string;
}

/** Videos whose storyboards are wanted. One is loaded at a time, because the server may have to make it. */
const turns = createStore<readonly Turn[]>([]);

const remove = (turn: Turn) => turns.set(turns.get().filter((other) => other !== turn));

/** Return the storyboard of a video once its turn has come; null until then and without one. */
export function useStoryboardInTurn(videoId: string): Storyboard | null {
  const [turn, setTurn] = useState<Turn | null>(null);
  const isNext = useStore(turns, ([first]) => first?.videoId === videoId);
  const { data, isFetched, failureCount } = useQuery({ ...storyboardQuery(videoId), enabled: isNext });
  useEffect(() => {
    const own = { videoId };
    const timer = setTimeout(() => {
      turns.set([...turns.get(), own]);
      setTurn(own);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      remove(own);
    };
  }, [videoId]);
  // A failed attempt is repeated later, and others need not wait for that.
  const isDone = isFetched || failureCount > 0;
  useEffect(() => {
    if (turn && isDone) remove(turn);
  }, [turn, isDone]);
  return data ?? null;
}
