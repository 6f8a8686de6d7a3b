import { useTitle } from "@/app/title";

export function RunsPage() {
  useTitle("Runs");
  return (
    <main>
      <h1>Runs</h1>
    </main>
  );
}
