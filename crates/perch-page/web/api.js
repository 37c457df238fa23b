// Calls to the page's own server. The token comes in the address that `make up` prints, behind the #, which a browser sends nowhere;
// it is kept for this address alone, and sent in a header, so that no other page can have the browser send it.

const KEY = "perch-token";

export function takeToken() {
  const found = /(?:^#|&)token=([0-9a-f]+)/.exec(location.hash);
  if (!found) return;
  localStorage.setItem(KEY, found[1]);
  history.replaceState(null, "", location.pathname);
}

function headers() {
  return { authorization: `Bearer ${localStorage.getItem(KEY) ?? ""}` };
}

/** What was refused, with its status. */
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body.error ?? `status ${response.status}`);
  return body;
}

export async function get(path, query = {}) {
  const all = new URLSearchParams(query).toString();
  return answer(await fetch(`/api/${path}${all ? `?${all}` : ""}`, { headers: headers() }));
}

/** Does something: `act("click", {…})`. */
export async function act(name, what) {
  const sent = { method: "POST", headers: { ...headers(), "content-type": "application/json" }, body: JSON.stringify(what) };
  return answer(await fetch(`/api/act/${name}`, sent));
}

/** The content of a file that a bot has uploaded. */
export async function file(id) {
  const response = await fetch(`/api/file?${new URLSearchParams({ id })}`, { headers: headers() });
  if (!response.ok) throw new Refused(response.status, "the file is not there any more");
  return response.blob();
}

/**
 * Server-sent events, read by fetch as an EventSource sends no header. Calls `changed` at every event, `state` with whether the
 * stage is there; goes on by itself when the stage comes back.
 */
export async function follow(changed, state) {
  for (;;) {
    try {
      const response = await fetch("/api/events", { headers: headers() });
      if (response.status === 401) return state("locked");
      state("there");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        text += value;
        const events = text.split("\n\n");
        text = events.pop();
        if (events.some((event) => event.startsWith("data:"))) changed();
      }
    } catch {
      // The stage has stopped, or restarts.
    }
    state("away");
    await new Promise((wake) => setTimeout(wake, 1000));
  }
}
