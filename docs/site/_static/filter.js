// A text field above every long table: only rows that hold all its words are shown.
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.ledger")) {
    const field = document.createElement("input");
    field.className = "row-filter";
    field.type = "search";
    field.placeholder = "filter, for example: contradicts paper A";
    field.setAttribute("aria-label", "filter the rows of the table");
    table.parentNode.insertBefore(field, table);
    const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const [row, text] of rows) row.hidden = !words.every((word) => text.includes(word));
    });
  }
});
