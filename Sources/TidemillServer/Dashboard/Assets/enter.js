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
