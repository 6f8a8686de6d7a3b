import { useTitle } from "@/app/title";

export function LibraryPage() {
  useTitle("Library");
  return (
    <main>
      <h1>Library</h1>
    </main>
  );
}
