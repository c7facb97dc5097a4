"use strict";
for (const button of document.querySelectorAll("button[data-do]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const rows = [...button.closest("details").querySelectorAll("tr")].map((row) =>
      [...row.children].map((cell) => cell.textContent));
    if (button.dataset.do === "copy") {
      navigator.clipboard.writeText(rows.map((row) => row.join("\t")).join("\n"));
      button.textContent = "Copied";
      return;
    }
    // a cell that a spreadsheet would run as a formula is handed over as text
    const safe = (cell) => (/^[=+@\t\r]|^-(?![\d.])/.test(cell) ? "'" + cell : cell);
    const quoted = (cell) => '"' + safe(cell).replaceAll('"', '""') + '"';
    const text = "\ufeff" + rows.map((row) => row.map(quoted).join(",")).join("\r\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = button.dataset.file;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
