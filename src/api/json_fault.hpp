#pragma once

#include <string>
#include <string_view>

namespace flotilla::api {

/// Says what is wrong with a JSON text that failed to parse, in the words JavaScript programmers know:
/// `Expected ',' or '}' after property value in JSON at position 13` (positions are bytes, from 0).
std::string describe_json_fault(std::string_view text);

}  // namespace flotilla::api
