// A filter shows only rows or cards that hold all its words, and opens what they are folded in.
for (const field of document.querySelectorAll("input.filter")) {
  const items = [...document.querySelectorAll(field.dataset.filter)].map((item) => [
    item, `${item.textContent} ${item.dataset.words || ""} ${item.closest("section")?.querySelector("h2")?.textContent || ""}`.toLowerCase()]);
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  field.after(said);
  const apply = () => {
    const words = field.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    let shown = 0;
    for (const [item, text] of items) {
      item.hidden = !words.every((word) => text.includes(word));
      shown += !item.hidden;
    }
    for (const section of document.querySelectorAll("main section")) {
      const left = section.querySelector(`:is(${field.dataset.filter}):not([hidden])`);
      section.hidden = words.length > 0 && !left;
      for (const fold of section.querySelectorAll("details")) fold.open = words.length > 0 && !!left;
    }
    said.textContent = words.length ? `${shown} of ${items.length}` : "";
  };
  field.addEventListener("input", apply);
  field.value = new URLSearchParams(location.search).get("q") || "";
  apply();
}
// Whoever comes for a function sees its source one click later, or at once with #name.
const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (target?.closest("details")) target.closest("details").open = true;
