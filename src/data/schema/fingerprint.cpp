#include "data/schema/fingerprint.hpp"

#include <openssl/sha.h>

#include <array>

#include "base/strings.hpp"
#include "data/schema/index_def.hpp"

namespace flotilla::data {
namespace {

constexpr std::size_t kBytes = 8;
constexpr char kEnd = '\n';

void append(std::string& out, const Field& field) {
  const Association& a = field.association;
  for (std::string_view part :
       {std::string_view(field.name), std::string_view(field.column), field_type_info(field.type).name,
        std::string_view(a.target), std::string_view(a.foreign_key), std::string_view(a.source_key),
        std::string_view(a.target_key), std::string_view(a.through), std::string_view(a.other_key)})
    (out += part) += kEnd;
  (out += json::dump(Json(field.options))) += kEnd;
}

void append(std::string& out, const Collection& collection) {
  ((((out += collection.name) += kEnd) += collection.table) += kEnd) += json::dump(Json(collection.options));
  out += kEnd;
  for (const Field& field : collection.fields()) append(out, field);
  for (const IndexDef& index : indexes_of(collection)) (out += index.name) += kEnd;
}

}  // namespace

std::string fingerprint(const Schema& schema) {
  std::string text;
  for (const auto& [name, collection] : schema.collections()) append(text, collection);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return hex(std::string_view(reinterpret_cast<const char*>(digest.data()), kBytes));
}

}  // namespace flotilla::data
