const key = location.hash.slice(1);
if (key) {
  history.replaceState(null, "", location.pathname);
  const form = document.forms[0];
  form.elements.key.value = key;
  form.submit();
}
