# Writes a header with the file and line of each property: where its PropertyInfo begins. Its name is the file's. What the model itself reports is
# looked for as a text in the files that report it.
#   cmake -DROOT=SOURCES -DOUTPUT=FILE -P locate_properties.cmake
cmake_minimum_required(VERSION 3.25)

# Appends to `rows` where `text` stands first in ROOT/path; nothing if it does not.
function(locate name path text)
  file(STRINGS ${ROOT}/${path} lines ENCODING UTF-8 NEWLINE_CONSUME)
  # Semicolons and brackets would be taken for parts of a list.
  string(REGEX REPLACE "[][;]" " " lines "${lines}")
  string(REPLACE "\n" ";" lines "${lines}")
  set(number 0)
  foreach(line IN LISTS lines)
    math(EXPR number "${number} + 1")
    string(FIND "${line}" "${text}" at)
    if(NOT at EQUAL -1)
      string(APPEND rows "    PropertySource{\"${name}\", \"${path}\", ${number}},\n")
      set(rows "${rows}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

file(GLOB headers RELATIVE ${ROOT} ${ROOT}/properties/invariants/*.hpp ${ROOT}/properties/contracts/*.hpp
     ${ROOT}/properties/refinement/*.hpp)
list(SORT headers)
set(rows "")
foreach(header IN LISTS headers)
  # A property stands in the file of its name.
  cmake_path(GET header STEM name)
  string(REPLACE "_" "-" name "${name}")
  locate(${name} ${header} "PropertyInfo info")
endforeach()
locate(bug-on model/state/world.hpp "\"bug-on\"")
locate(use-after-free model/state/world.cpp "\"use-after-free\"")
locate(internal-assertion checker/run/finding.hpp "\"internal-assertion\"")
locate(stated-result checker/run/finding.hpp "\"stated-result\"")

file(WRITE ${OUTPUT} "// Generated: where properties are written.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace vmacheck::generated {

struct PropertySource {
    std::string_view name;
    std::string_view file;
    std::size_t line;
};
inline constexpr std::array property_sources{
${rows}};

}  // namespace vmacheck::generated
")
