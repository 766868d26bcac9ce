// Live reload for template authors: asks for the page again when a new one is up, and shows a template's mistake over it.
(function () {
  "use strict";
  var shown = new URL(document.currentScript.src).searchParams.get("page");
  var overlay = null;

  function hide() {
    if (overlay) { overlay.remove(); overlay = null; }
  }

  function show(error) {
    hide();
    overlay = document.createElement("div");
    overlay.id = "vitrine-template-error";
    overlay.setAttribute("role", "alert");
    // Set through the object model, which a policy against inline style allows.
    overlay.style.cssText = "position:fixed;inset:0;z-index:2147483647;overflow:auto;padding:2rem;background:#1b1b1f;color:#fff;" +
      "font:16px/1.5 ui-monospace,monospace;text-align:left;direction:ltr";
    var title = document.createElement("h2");
    title.textContent = "A template is broken; the last good page stays up";
    title.style.cssText = "margin:0 0 1rem;font:600 20px/1.3 system-ui,sans-serif;color:#ffb4a9";
    var text = document.createElement("pre");
    text.textContent = error;
    text.style.cssText = "margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:inherit";
    overlay.append(title, text);
    document.body.append(overlay);
  }

  var events = new EventSource("/_vitrine/dev");
  events.addEventListener("state", function (event) {
    var state = JSON.parse(event.data);
    if (state.page !== shown) { location.reload(); return; }
    if (state.error) { show(state.error); } else { hide(); }
  });
  // Not left to the browser, so that the connection does not keep a page alive that is being left.
  window.addEventListener("pagehide", function () { events.close(); });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { location.reload(); } });
})();
