#include "data/schema/index_def.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/strings.hpp"

namespace flotilla::data {
namespace {

std::string index_name(const Collection& c, const std::vector<std::string>& columns, bool unique) {
  std::string name = c.table + "_" + join(columns, "_") + (unique ? "_uk" : "");
  if (name.size() > kIdentifierLengthMax) return hashed_name(name);
  // Which `_` is between table and columns makes the difference to the one that has the name.
  if (c.taken_index_names.contains(name))
    return hashed_name(c.table + "." + join(columns, ",") + (unique ? ".uk" : ""));
  return name;
}

}  // namespace

std::string hashed_name(std::string_view text) {
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), sum, &size, EVP_md5(), nullptr);
  return "i_" + hex({reinterpret_cast<const char*>(sum), size});
}

std::vector<IndexDef> indexes_of(const Collection& c) {
  std::vector<IndexDef> out;
  auto add = [&](std::vector<std::string> columns, bool unique) {
    bool covered = std::ranges::any_of(out, [&](const IndexDef& i) { return i.columns == columns; });
    if (!covered) out.push_back({index_name(c, columns, unique), std::move(columns), unique});
  };
  auto add_together = [&](const std::vector<std::vector<std::string>>& groups, bool unique) {
    for (const std::vector<std::string>& fields : groups) {
      std::vector<std::string> columns;
      for (const std::string& name : fields) {
        const Field* f = c.find(name);
        if (f && !f->column.empty()) columns.push_back(f->column);
      }
      if (columns.size() == fields.size()) add(std::move(columns), unique);
    }
  };
  add_together(c.unique_together, true);
  for (const Field& f : c.fields()) {
    if (f.column.empty() || f.primary_key) continue;
    if (f.unique)
      add({f.column}, true);
    else if (json::truthy(f.options, "index") || json::truthy(f.options, "isForeignKey"))
      add({f.column}, false);
  }
  add_together(c.indexed_together, false);
  return out;
}

}  // namespace flotilla::data
