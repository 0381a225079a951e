# Installs the build in BUILD below WORK, builds the project outside against it, and runs campaigns with its property:
# where it holds, and where it must be found, minimised and told.
file(REMOVE_RECURSE ${WORK})
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endfunction()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_PREFIX_PATH=${WORK}/prefix "-DCMAKE_CXX_FLAGS=${FLAGS}")
run(${CMAKE_COMMAND} --build ${WORK}/build)

# expect(CODE TEXT WORD...): the campaign ends so, and prints the text.
function(expect code text)
  execute_process(COMMAND ${ARGN} campaign --ops 2000 --progress none --out found
    WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX MATCH "${text}" met "${output}")
  if(NOT result EQUAL code OR met STREQUAL "")
    message(FATAL_ERROR "${ARGN}: exit code ${result}, not ${code} with '${text}':\n${output}")
  endif()
  file(REMOVE_RECURSE ${WORK}/found)
endfunction()
set(mine ${WORK}/build/my_vmacheck)
set(theirs ${WORK}/prefix/bin/vmacheck)
set(found "at-most-vmas: 3 VMAs, at most 2 are wanted.*2 operations: found/at-most-vmas-.*violated at step 2")
expect(0 "holds " ${CMAKE_COMMAND} -E env MOST_VMAS=1000 ${mine})
expect(12 "${found}" ${CMAKE_COMMAND} -E env MOST_VMAS=2 ${mine})
# The installed program, with the shared object.
file(GLOB library ${WORK}/build/libmy_property.*)
execute_process(COMMAND ${CMAKE_COMMAND} -E env MOST_VMAS=2 ${theirs} campaign --properties ${library} --ops 2000
    --progress none --out found WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_VARIABLE output)
string(REGEX MATCH "${found}" met "${output}")
if(NOT result EQUAL 12 OR met STREQUAL "")
  message(FATAL_ERROR "the installed program: exit code ${result}:\n${output}")
endif()
