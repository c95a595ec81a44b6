#pragma once

#include <string>

#include "data/schema/schema.hpp"

namespace flotilla::data {

/// 16 hexadecimal characters of a SHA-256 over everything that is served by the schema: nodes with equal
/// fingerprints serve alike. The epoch is not part of it.
std::string fingerprint(const Schema& schema);

}  // namespace flotilla::data
