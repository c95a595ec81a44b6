#pragma once

#include <cstddef>
#include <string_view>

namespace flotilla::sqlite {

/// Reads the UTF-8 character at `at` and moves behind it. A byte that is not part of well-formed UTF-8 is
/// read alone, as a code point that no well-formed text has.
char32_t next_code_point(std::string_view text, std::size_t& at);

/// Unicode's simple case folding (CaseFolding.txt, C and S) of the Latin, Greek, Cyrillic and Armenian
/// alphabets and of full-width and circled Latin letters; other characters are themselves.
char32_t fold_case(char32_t c);

}  // namespace flotilla::sqlite
