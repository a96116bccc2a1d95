"use strict";
// Shows the filters, and hides what does not fit them. Without this script everything is shown.
// A row has one value to choose by, or several between bars.
const has = (values, wanted) => values === wanted || values.split("|").includes(wanted);
for (const form of document.querySelectorAll("form.filter")) {
  const rows = [...document.querySelectorAll(form.dataset.rows)].map(row => [row, row.textContent.toLowerCase()]);
  const groups = [...document.querySelectorAll(form.dataset.groups || "none")];
  const words = form.querySelector("input[type=search]");
  const choices = [...form.querySelectorAll("select")];
  const told = form.querySelector("output");
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [row, text] of rows) {
      const fits = wanted.every(word => text.includes(word))
        && choices.every(choice => !choice.value || has(row.dataset[choice.name] || "", choice.value));
      row.hidden = !fits;
      count += fits;
    }
    for (const group of groups) group.hidden = !group.querySelector("tbody tr:not([hidden]), li:not([hidden])");
    told.textContent = `${count} of ${rows.length} rows shown`;
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  show();
}
