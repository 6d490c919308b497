import { spawn } from "node:child_process";

/** No shell stands between: it would read `&` in a URL as its own. `rundll32` does what `start` of cmd does. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [command: string, ...args: string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens a URL in the person's browser where there is one; nothing happens where there is none. */
export function openBrowser(url: URL): void {
  const [command, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...args, url.href], { stdio: "ignore", detached: true });
  child.once("error", () => {
    // The URL is printed too.
  });
  child.unref();
}
