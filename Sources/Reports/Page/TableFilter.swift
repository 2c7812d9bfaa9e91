// SPDX-License-Identifier: Apache-2.0

/// Fields above a table that show only some of its rows. Without scripts they stay hidden and the
/// whole table is there.
package struct TableFilter: Sendable {
  /// The name of the place of the table.
  let id: String
  /// What the field for a part of the row's name is called.
  let nameLabel: String
  /// The column whose values may be chosen among.
  let column: Int
  /// What that choice is called.
  let choiceLabel: String

  /// The table under the fields.
  func markup(around table: HTMLTable) -> String {
    """
    <div class="filtered" id="\(Escaping.identifier(id))" data-column="\(column)">
    <p class="filter" hidden><label>\(Markup.prose(nameLabel)) <input type="search" size="16"></label>
    <label>\(Markup.prose(choiceLabel)) <select><option value="">all</option></select></label>
    <output></output></p>
    \(table.markup)</div>

    """
  }

  /// What fills the choices and hides rows; it reads the page alone.
  static let script = """
    for (const place of document.querySelectorAll('.filtered')) {
      const [field, choice] = [place.querySelector('input'), place.querySelector('select')];
      const column = Number(place.dataset.column), rows = [...place.querySelectorAll('tbody tr')];
      const value = row => row.children[column].textContent.trim();
      for (const text of [...new Set(rows.map(value))].sort()) choice.add(new Option(text, text));
      const show = () => {
        const part = field.value.toLowerCase();
        let shown = 0;
        for (const row of rows) {
          row.hidden = !row.children[0].textContent.toLowerCase().includes(part)
            || (choice.value !== '' && value(row) !== choice.value);
          if (!row.hidden) shown += 1;
        }
        place.querySelector('output').textContent = shown + ' of ' + rows.length;
      };
      field.addEventListener('input', show);
      choice.addEventListener('change', show);
      place.querySelector('.filter').hidden = false;
      show();
    }
    """
}
