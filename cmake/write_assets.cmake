# Run as a script by embed.cmake: FILES (joined by |) become byte arrays in OUT.
string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(entries "")
set(names "")
set(n 0)
foreach(file IN LISTS files)
  file(RELATIVE_PATH name ${BASE} ${file})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char data_${n}[] = {${bytes}0};\n")
  string(APPEND entries "    if (name == \"${name}\") return view(data_${n}, sizeof data_${n} - 1);\n")
  string(APPEND names "    \"${name}\",\n")
  math(EXPR n "${n}+1")
endforeach()
file(WRITE ${OUT}
"#include <cstddef>\n#include <span>\n#include <string_view>\nnamespace {\n${arrays}"
"constexpr std::string_view names[] = {\n${names}};\n"
"std::string_view view(const unsigned char* data, std::size_t size) {\n"
"  return {reinterpret_cast<const char*>(data), size};\n}\n}  // namespace\n"
"namespace flotilla::${ROOM} {\nstd::string_view asset(std::string_view name) {\n${entries}    return {};\n}\n"
"std::span<const std::string_view> asset_names() { return names; }\n}\n")
