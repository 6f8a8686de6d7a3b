import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type BulkOperation, bulkQuery, isRunning } from "./bulk";

const NONE = { id: "", state: "completed" } as BulkOperation;

/** Follow an operation. Returns it while it runs; `onEnd` is called once with its result. */
export function useBulkOperation(
  started: BulkOperation | null,
  onEnd: (operation: BulkOperation) => void,
): BulkOperation | null {
  const query = useQuery({ ...bulkQuery(started ?? NONE), enabled: started !== null });
  const current = started && query.data.id === started.id ? query.data : started;
  const ended = useRef<string | null>(null);
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    if (!current || isRunning(current) || ended.current === current.id) return;
    ended.current = current.id;
    end.current(current);
  }, [current]);
  return current && isRunning(current) ? current : null;
}
