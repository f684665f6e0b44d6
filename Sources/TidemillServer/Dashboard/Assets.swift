// Made from the files in Assets by .ci/assets; change those.

/// What pages are drawn with.
enum Assets {
    struct Asset: Sendable {
        let name: String
        let path: String
        let type: String
        let text: String
    }

    /// Its path under its name in the folder.
    static func path(_ name: String) -> String { all.first { $0.name == name }?.path ?? "" }

    /// By the last part of its path.
    static func named(_ part: String) -> Asset? { all.first { $0.path == "/assets/\(part)" } }

    private static let all: [Asset] = [
        Asset(
            name: "app.css", path: "/assets/app-cfc5abfa73d8.css", type: "text/css; charset=utf-8",
            text: ##"""
                :root{color-scheme:light;
                --page:#f5f7f8;--panel:#fff;--side:#eceff1;--ink:#13202b;--soft:#3d4c58;--muted:#5b6975;--line:#dbe1e6;--hair:#e8ecef;--hover:#f0f4f7;
                --link:#0a5f94;--applied:#2374ad;--applied-bar:#5b9dcc;--applied-soft:#d5e6f3;--filtered:#a8bccb;--duplicate:#6e8598;--fail:#b83c08;--fail-mark:#d9541e;--fail-soft:#fbe9e0;--warn:#855600;--warn-mark:#d29100;--warn-soft:#fbf1d9;--ok:#0b6f6a;--ok-mark:#1d928b;
                --focus:#0a5f94;--bar:#e3e9ee}
                @media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;
                --page:#0f161c;--panel:#151e26;--side:#0b1116;--ink:#e3eaf0;--soft:#bcc8d2;--muted:#8d9ca9;--line:#28343e;--hair:#1f2a33;--hover:#1a252e;
                --link:#7cbcec;--applied:#5aa7e0;--applied-bar:#3f7fb0;--applied-soft:#1d3a52;--filtered:#4d6172;--duplicate:#8598a8;--fail:#ff9a68;--fail-mark:#f5763c;--fail-soft:#35201a;--warn:#ecbc57;--warn-mark:#e0a62e;--warn-soft:#30281a;--ok:#5ccabf;--ok-mark:#3fb0a6;
                --focus:#7cbcec;--bar:#25313b}}
                :root[data-theme=dark]{color-scheme:dark;
                --page:#0f161c;--panel:#151e26;--side:#0b1116;--ink:#e3eaf0;--soft:#bcc8d2;--muted:#8d9ca9;--line:#28343e;--hair:#1f2a33;--hover:#1a252e;
                --link:#7cbcec;--applied:#5aa7e0;--applied-bar:#3f7fb0;--applied-soft:#1d3a52;--filtered:#4d6172;--duplicate:#8598a8;--fail:#ff9a68;--fail-mark:#f5763c;--fail-soft:#35201a;--warn:#ecbc57;--warn-mark:#e0a62e;--warn-soft:#30281a;--ok:#5ccabf;--ok-mark:#3fb0a6;
                --focus:#7cbcec;--bar:#25313b}
                *{box-sizing:border-box}
                html{font:13px/20px Inter,ui-sans-serif,system-ui,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;font-feature-settings:"cv05","ss03";-webkit-text-size-adjust:100%}
                body{margin:0;background:var(--page);color:var(--ink);display:grid;grid-template-columns:188px minmax(0,1fr);min-height:100vh}
                a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline;text-underline-offset:2px}
                :focus-visible{outline:2px solid var(--focus);outline-offset:1px;border-radius:3px}
                code,.mono{font:12px/20px ui-monospace,"SF Mono","JetBrains Mono","Cascadia Code",Menlo,Consolas,monospace;font-variant-ligatures:none}
                .skip{position:absolute;left:-99em}.skip:focus{left:8px;top:8px;background:var(--panel);padding:6px 10px;z-index:9}
                .side{background:var(--side);border-right:1px solid var(--line);padding:16px 0 12px;display:flex;flex-direction:column;position:sticky;top:0;height:100vh}
                .brand{display:flex;align-items:center;gap:8px;padding:0 16px 2px;font-weight:650;font-size:14px;letter-spacing:-.01em;color:var(--ink)}
                .brand svg{width:20px;height:20px}
                .env{margin:10px 12px 12px;padding:5px 9px 5px 10px;border-radius:5px;background:var(--ink);color:var(--page);font-weight:600;font-size:12px;line-height:16px;display:flex;justify-content:space-between;gap:8px}
                .env span{font-weight:400;opacity:.75}
                .side ul{list-style:none;margin:0;padding:0 8px}
                .side li a{display:flex;justify-content:space-between;padding:3px 8px;border-radius:5px;color:var(--soft);line-height:22px}
                .side li a:hover{background:var(--hair);text-decoration:none}
                .side li a[aria-current]{background:var(--panel);color:var(--ink);font-weight:600;box-shadow:0 0 0 1px var(--line)}
                .side li.gap{margin-top:10px}
                .n{color:var(--muted);font-weight:400;font-size:12px}.n.bad{color:var(--fail);font-weight:600}
                .foot{margin-top:auto;padding:0 16px;color:var(--muted);font-size:12px;line-height:18px}
                .foot p{margin:0 0 8px}
                .foot button,.seg button,.btn{font:inherit;color:var(--link);background:none;border:0;padding:0;cursor:pointer}
                main{padding:14px 20px 14px;max-width:1480px;width:100%}
                .top{display:flex;align-items:center;gap:16px;margin-bottom:12px}
                h1{font-size:19px;line-height:28px;font-weight:650;letter-spacing:-.018em;margin:0}
                h2{font-size:13px;line-height:20px;font-weight:650;margin:0;letter-spacing:-.003em}
                .top .grow{flex:1}
                .search{display:flex;align-items:center;width:264px;height:28px;border:1px solid var(--line);border-radius:6px;background:var(--panel);padding:0 8px;color:var(--muted)}
                .search input{font:inherit;border:0;background:none;color:var(--ink);flex:1;outline:none;min-width:0}.search input::placeholder{color:var(--muted);opacity:1}
                kbd{font:11px/16px inherit;font-family:inherit;border:1px solid var(--line);border-radius:3px;padding:0 4px;color:var(--muted)}
                .seg{display:inline-flex;border:1px solid var(--line);border-radius:6px;overflow:hidden;background:var(--panel)}
                .seg a{padding:3px 10px;color:var(--soft);border-left:1px solid var(--line)}.seg a:first-child{border:0}.seg a[aria-current]{background:var(--bar);color:var(--ink);font-weight:600}
                .live{color:var(--muted);font-size:12px;display:inline-flex;align-items:center;gap:6px;white-space:nowrap}
                .panel{background:var(--panel);border:1px solid var(--line);border-radius:8px}
                .head{display:flex;align-items:baseline;gap:10px;padding:9px 14px 7px}.head .grow{flex:1}.head .m,.m{color:var(--muted);font-size:12px}
                .i{width:12px;height:12px;flex:none;vertical-align:-1.5px}
                .s-ok{color:var(--ok)}.s-fail{color:var(--fail)}.s-warn{color:var(--warn)}.s-muted{color:var(--muted)}
                .i.s-ok{color:var(--ok-mark)}.i.s-fail{color:var(--fail-mark)}.i.s-warn{color:var(--warn-mark)}
                .att{margin-bottom:12px;padding:0;overflow:hidden}
                .att .head{padding-bottom:5px}
                .att ol{list-style:none;margin:0;padding:0}
                .att li{display:grid;grid-template-columns:12px minmax(0,1fr) auto auto;gap:10px;align-items:baseline;padding:5px 14px;border-top:1px solid var(--hair)}
                .att li .i{position:relative;top:1px}
                .att li b{font-weight:600}.att .why{color:var(--soft)}
                .att code{color:var(--muted);white-space:nowrap}
                .att .age{text-align:right;color:var(--muted);white-space:nowrap}
                .cut{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
                .kpis{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));margin:0}
                .kpi{padding:9px 14px 8px;border-left:1px solid var(--hair);position:relative;min-width:0}.kpi:first-child{border:0}
                .kpi dt{color:var(--muted);font-size:12px;line-height:16px}
                .kpi dd{margin:0}.kpi .v{font-size:21px;line-height:28px;font-weight:560;letter-spacing:-.022em;height:28px}
                .kpi .v small{font-size:13px;font-weight:400;color:var(--muted);letter-spacing:0}
                .kpi .d{font-size:12px;line-height:16px;color:var(--muted)}
                .kpi svg.spark{position:absolute;right:14px;top:30px}
                .cols{display:grid;gap:12px;margin-bottom:12px}
                figure{margin:0;padding:0 14px 10px;overflow-x:auto}figure svg{display:block;overflow:visible}
                svg text{font:11px Inter,ui-sans-serif,system-ui,sans-serif;font-variant-numeric:tabular-nums;fill:var(--muted)}
                svg text.ink{fill:var(--ink)}svg text.b{font-weight:600}svg text.fail{fill:var(--fail)}svg text.warn{fill:var(--warn)}svg text.ok{fill:var(--ok)}svg text.soft{fill:var(--soft)}
                .grid{stroke:var(--hair)}.axis{stroke:var(--line)}
                .f-applied{fill:var(--applied)}rect.f-applied{fill:var(--applied-bar)}.f-filtered{fill:var(--filtered)}.f-duplicate{fill:var(--duplicate)}.f-rejected{fill:var(--fail-mark)}.f-bar{fill:var(--bar)}.f-warn{fill:var(--warn-mark)}.f-ok{fill:var(--ok-mark)}.f-soft{fill:var(--applied-soft)}.f-panel{fill:var(--panel)}.f-muted{fill:var(--muted)}
                .l{fill:none;stroke:var(--applied);stroke-width:1.75;stroke-linejoin:round}.l.prev{stroke:var(--filtered);stroke-width:1.25}.l.pace{stroke-dasharray:2 3;stroke-width:1.5}.l.limit{stroke:var(--ink);stroke-width:1;stroke-dasharray:5 3}.l.thr{stroke:var(--warn-mark);stroke-width:1;stroke-dasharray:5 3}.l.now{stroke:var(--ink);stroke-width:1}.l.ver{stroke:var(--muted);stroke-width:1;stroke-dasharray:1 2}
                .chart{width:100%;min-width:560px;height:auto}
                .legend{display:flex;gap:16px;font-size:12px;color:var(--muted)}.legend b{color:var(--ink);font-weight:560}.legend svg{width:10px;height:10px;margin-right:5px}
                .scroll{overflow-x:auto}
                table{border-collapse:collapse;width:100%}
                th,td{text-align:left;padding:3px 6px;font-weight:400;white-space:nowrap;border-top:1px solid var(--hair);line-height:21px}
                th:first-child,td:first-child{padding-left:14px}th:last-child,td:last-child{padding-right:14px}
                thead th{color:var(--muted);font-size:12px;line-height:18px;padding-top:2px;padding-bottom:3px}
                tbody th{font-weight:500}
                tbody tr:hover{background:var(--hover)}
                td.r,th.r{text-align:right}td.e,th.e{white-space:normal;overflow-wrap:anywhere;min-width:14ch}thead th.e{white-space:nowrap}.panel:not(.wide) .minor{display:none}
                td svg{display:inline-block;vertical-align:-1px}
                .tag{display:inline-block;font-size:11.5px;line-height:16px;padding:0 6px;border-radius:4px;border:1px solid var(--line);color:var(--soft)}
                .tag.fail{border-color:transparent;background:var(--fail-soft);color:var(--fail)}.tag.warn{border-color:transparent;background:var(--warn-soft);color:var(--warn)}
                .sub{display:flex;flex-wrap:wrap;gap:4px 18px;color:var(--muted);margin:-8px 0 12px}.sub b{color:var(--ink);font-weight:500}
                .crumb{color:var(--muted);font-weight:500}a.crumb{text-decoration:underline;text-decoration-color:var(--line);text-underline-offset:3px}
                .say{padding:9px 14px;margin-bottom:12px;display:grid;grid-template-columns:auto 1fr;gap:3px 10px;align-items:baseline}
                .say .i{position:relative;top:1px}.say b{font-weight:600}
                .inv td,.inv th{padding-top:2px;padding-bottom:2px;border-color:transparent}.inv tr.sum td,.inv tr.sum th{border-top-color:var(--line);font-weight:600}.inv tr.total td{font-size:15px}
                .inv .q{color:var(--muted);font-size:12px}
                .note a{text-decoration:underline;text-underline-offset:2px}
                .note{margin:0;padding:4px 14px 10px;color:var(--muted);font-size:12px;line-height:18px}
                .big{display:flex;justify-content:space-between;gap:20px;padding:0 14px 2px;white-space:nowrap}.big div{line-height:16px;color:var(--muted);font-size:12px}.big b{display:block;font-size:21px;line-height:27px;font-weight:560;letter-spacing:-.022em;color:var(--ink)}
                .big b{height:27px}.big small{font-weight:400;letter-spacing:0}
                .dl{display:grid;grid-template-columns:auto 1fr;gap:1px 12px;padding:0 14px 8px;margin:0}.dl dt{color:var(--muted)}.dl dd{margin:0;text-align:right}
                .dec{list-style:none;margin:0;padding:0}.dec li{display:grid;grid-template-columns:52px 1fr auto;gap:0 8px;padding:4px 14px;border-top:1px solid var(--hair)}
                .dec .t{color:var(--muted)}.dec .why{grid-column:2/4;color:var(--muted);font-size:12px;line-height:17px}
                .tabs{display:flex;gap:18px;padding:8px 14px 0;border-bottom:1px solid var(--hair)}.tabs a{padding-bottom:6px;color:var(--muted)}.tabs a[aria-current]{color:var(--ink);font-weight:600;box-shadow:inset 0 -2px var(--ink)}
                .tip{position:fixed;z-index:5;pointer-events:none;background:var(--ink);color:var(--panel);border-radius:5px;padding:5px 9px;font-size:12px;line-height:17px;display:none;white-space:pre}
                @media (max-width:1100px){body{display:block;min-height:0}.side{align-content:start;position:static;height:auto;padding:10px 0 0;display:grid;grid-template-columns:auto 1fr;align-items:center}.env{margin:0 16px 0 auto}.side ul{grid-column:1/3;display:flex;overflow-x:auto;padding:8px 10px}.side li.gap{margin:0}.side li a{gap:6px;padding:4px 9px}.foot{display:none}.cols{grid-template-columns:minmax(0,1fr)!important}.panel{overflow-x:auto}}
                @media (max-width:640px){main{padding:12px}.top{flex-wrap:wrap;gap:8px 12px}.search{width:100%}.kpi svg.spark{display:none}.big,.head{flex-wrap:wrap}.head .grow{display:none}.att li{grid-template-columns:12px minmax(0,1fr) auto}.att li .cut{white-space:normal}.att li>span:nth-of-type(2){grid-column:2}.legend{display:none}.sub{gap:2px 14px}.end{flex-wrap:wrap}td a,.side li a{line-height:28px}}
                @media (prefers-reduced-motion:no-preference){.live .i{animation:p 2s infinite}@keyframes p{50%{opacity:.35}}}
                @media print{body{display:block}.side,.search,.seg,.live,.skip{display:none}main{padding:0}.panel{border-color:#bbb;break-inside:avoid}a{color:inherit}}
                .end{display:flex;gap:18px;margin-top:2px}.end .grow{flex:1}.end code{color:var(--soft)}
                #c1{grid-template-columns:minmax(0,1fr) 434px}#c2{grid-template-columns:minmax(0,440px) minmax(0,344px) minmax(0,1fr)}
                .panels{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:12px;align-items:start;margin-bottom:12px}.wide{grid-column:1/-1}
                .env.plain{background:none;color:var(--ink);border:1px solid var(--line)}
                .brand .wave{fill:none;stroke:var(--applied);stroke-width:2.1;stroke-linecap:round}.brand .low{stroke:var(--filtered)}.brand .moon{fill:var(--ink)}
                .foot form{margin:0 0 8px}
                ol.att{list-style:none;margin:0;padding:0}
                ol.att span:first-of-type{overflow-wrap:anywhere}
                table caption{text-align:left}
                pre{margin:0;padding:8px 14px 12px;font:12px/18px ui-monospace,Menlo,Consolas,monospace;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
                details{padding:4px 14px 8px}details pre{padding:8px 0}
                ol.source{margin:0;padding:4px 14px 12px 52px;overflow-x:auto;color:var(--muted)}ol.source code{color:var(--ink);white-space:pre}
                .difference ins{background:var(--applied-soft);text-decoration:none}.difference del{background:var(--fail-soft);text-decoration:none}
                h3{margin:0;padding:4px 14px 0;font-size:12px;font-weight:600}
                .do{padding:0 14px}.do input:not([type=hidden]){font:inherit;padding:3px 8px;border:1px solid var(--line);border-radius:6px;background:var(--panel);color:var(--ink);max-width:100%}
                .do .btn{border:1px solid var(--link);border-radius:6px;padding:3px 12px}
                .dl dd{text-align:left;overflow-wrap:anywhere}
                main,.sub,.sub span{overflow-wrap:anywhere;min-width:0}
                .search{margin:0}
                @media (max-width:1100px){.minor{display:none}.panels{grid-template-columns:minmax(0,1fr)}}
                .sub a,.note a,.end a{text-decoration:underline;text-underline-offset:2px}
                @media print{.foot,.do,.end{display:none}}

                """##),
        Asset(
            name: "app.js", path: "/assets/app-e8f2b623d84a.js", type: "text/javascript; charset=utf-8",
            text: ##"""
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

                """##),
        Asset(
            name: "enter.js", path: "/assets/enter-b36e51b8b0f9.js", type: "text/javascript; charset=utf-8",
            text: ##"""
                const enter = () => {
                  const key = location.hash.slice(1);
                  if (!key) return;
                  history.replaceState(null, "", location.pathname);
                  const form = document.forms[0];
                  form.elements.key.value = key;
                  form.submit();
                };
                enter();
                // A link that is opened where the field stands already loads no page.
                addEventListener("hashchange", enter);

                """##),
        Asset(
            name: "icon.svg", path: "/assets/icon-a7696419ce79.svg", type: "image/svg+xml",
            text: ##"""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path d="M1 13.2c2.2 0 2.2-2.4 4.5-2.4s2.3 2.4 4.5 2.4 2.3-2.4 4.5-2.4 2.3 2.4 4.5 2.4" fill="none" stroke="#2374ad" stroke-width="2.1" stroke-linecap="round"/><path d="M1 17.4c2.2 0 2.2-2.4 4.5-2.4s2.3 2.4 4.5 2.4 2.3-2.4 4.5-2.4 2.3 2.4 4.5 2.4" fill="none" stroke="#a8bccb" stroke-width="2.1" stroke-linecap="round"/><path d="M14.6 2a5.2 5.2 0 1 1-7.9 5.6A4.2 4.2 0 0 0 14.6 2Z" fill="#5b6975"/></svg>

                """##),
    ]
}
