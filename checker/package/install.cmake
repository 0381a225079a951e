# What `cmake --install` gives: the program, the libraries, their headers, and a CMake package that find_package(vmacheck)
# finds. Headers include each other by their paths from the root of the tree, which is include/vmacheck there.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/vmacheck)
set(libraries options model properties traces run conform coverage random exhaustive smt campaign detect report cli)
foreach(library IN LISTS libraries)
  set_target_properties(vmacheck_${library} PROPERTIES EXPORT_NAME ${library})
endforeach()
list(TRANSFORM libraries PREPEND vmacheck_)
install(TARGETS vmacheck vmacheck-agent vmacheck-agent-low ${libraries}
  EXPORT vmacheckTargets)
install(EXPORT vmacheckTargets NAMESPACE vmacheck:: DESTINATION ${package_directory})
install(DIRECTORY model properties traces checker ${PROJECT_BINARY_DIR}/generated/properties
  DESTINATION include/vmacheck FILES_MATCHING PATTERN "*.hpp"
  PATTERN traces/corpus EXCLUDE PATTERN traces/faults EXCLUDE PATTERN package EXCLUDE)
configure_package_config_file(checker/package/vmacheckConfig.cmake.in ${PROJECT_BINARY_DIR}/vmacheckConfig.cmake
  INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/vmacheckConfigVersion.cmake COMPATIBILITY ExactVersion)
install(FILES ${PROJECT_BINARY_DIR}/vmacheckConfig.cmake ${PROJECT_BINARY_DIR}/vmacheckConfigVersion.cmake
  DESTINATION ${package_directory})
