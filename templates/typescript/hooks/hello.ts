import { Http, Log } from "@backfill/http/hook";

/** What is posted to /hooks/hello. */
interface HelloEvent {
  readonly name?: string;
  /** A user of GitHub, who is greeted by the name that stands there. */
  readonly user?: string;
}

export function run(event: HelloEvent): { readonly greeting: string } {
  const name = event.user === undefined ? event.name : nameOf(event.user);
  return { greeting: `Hello, ${name ?? "world"}!` };
}

function nameOf(user: string): string {
  const res = Http.get(`https://api.github.com/users/${encodeURIComponent(user)}`, { timeout: 5_000 });
  if (res.ok) return res.body.name ?? user;
  Log.warn("GitHub has no name for the user", { status: res.status });
  return user;
}
