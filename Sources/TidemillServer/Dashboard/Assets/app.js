(() => {
  const root = document.documentElement;
  const cookies = Object.fromEntries(document.cookie.split("; ").map((pair) => pair.split("=")));
  if (cookies.tidemill_theme) root.dataset.theme = cookies.tidemill_theme;
  const keep = (name, value) => {
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Strict`;
  };
  document.addEventListener("DOMContentLoaded", () => {
    const toggle = document.querySelector("[data-theme-toggle]");
    if (toggle) {
      toggle.hidden = false;
      toggle.addEventListener("click", () => {
        const dark = root.dataset.theme
          ? root.dataset.theme === "dark"
          : matchMedia("(prefers-color-scheme: dark)").matches;
        root.dataset.theme = dark ? "light" : "dark";
        keep("tidemill_theme", root.dataset.theme);
      });
    }
    const state = document.querySelector(".live");
    const say = (text) => { if (state) state.textContent = text; };
    // What somebody reads or fills in stays as it is.
    const isBusy = (panel) =>
      panel.contains(document.activeElement) || panel.querySelector("details[open]") ||
      (!getSelection().isCollapsed && panel.contains(getSelection().anchorNode));
    const draw = (text) => {
      const fresh = new DOMParser().parseFromString(text, "text/html");
      const now = [...document.querySelectorAll(".panels > .panel")];
      const next = [...fresh.querySelectorAll(".panels > .panel")];
      next.forEach((panel, index) => {
        const old = now[index];
        if (!old || isBusy(old) || old.innerHTML === panel.innerHTML) return;
        old.replaceWith(document.importNode(panel, true));
      });
      const time = fresh.querySelector(".live");
      if (time && state) state.replaceChildren("live, ", ...time.childNodes);
    };
    const watch = async () => {
      // What was committed while the page was on its way here is seen at once.
      let stamp = state ? state.dataset.stamp : "";
      let failures = 0;
      for (;;) {
        if (document.hidden) {
          await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
          continue;
        }
        try {
          const answer = await fetch(`/live?stamp=${stamp}`);
          if (answer.status === 401) return say("the session is over");
          if (!answer.ok) throw new Error(answer.status);
          const { stamp: next, waitSeconds } = await answer.json();
          if (stamp !== "" && next !== stamp) {
            const page = await fetch(location.href, { headers: { "x-tidemill-live": next } });
            if (page.ok) draw(await page.text());
          }
          stamp = next;
          failures = 0;
          if (waitSeconds) await new Promise((done) => setTimeout(done, waitSeconds * 1000));
        } catch {
          say("reconnecting");
          failures += 1;
          await new Promise((done) => setTimeout(done, Math.min(30, 2 ** failures) * 1000));
        }
      }
    };
    if (document.querySelector(".panels") && !document.querySelector("form.do")) watch();
    const search = document.querySelector(".search input");
    const pages = {
      o: "/", c: "/customers", d: "/deliveries", r: "/rejected", j: "/jobs", u: "/runs", s: "/scripts",
    };
    let going = false;
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select")) {
        if (event.key === "Escape") event.target.blur();
        return;
      }
      if (going && pages[event.key]) {
        location.href = pages[event.key];
      } else if (event.key === "/" && search) {
        event.preventDefault();
        search.focus();
      } else if (event.key === "j" || event.key === "k") {
        const rows = [...document.querySelectorAll("tbody th a")];
        const at = rows.indexOf(document.activeElement);
        const next = rows[event.key === "j" ? at + 1 : Math.max(at - 1, 0)];
        if (next) next.focus();
      }
      going = event.key === "g";
    });
  });
})();
