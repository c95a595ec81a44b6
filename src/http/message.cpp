#include "http/message.hpp"

#include "base/strings.hpp"

namespace flotilla::http {

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return iequals(field.first, name); });
  add(std::move(name), std::move(value));
}

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (iequals(key, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (iequals(key, name)) return true;
  }
  return false;
}

}  // namespace flotilla::http
