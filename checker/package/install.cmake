# What `cmake --install` gives, in two parts: `program`, with its traces, manual page and completion, and `development`,
# the libraries, their headers, and a CMake package that find_package(vmacheck) finds. Headers include each other by their
# paths from the root of the tree, which is include/vmacheck there.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/vmacheck)
set(libraries options model properties traces run conform coverage random exhaustive smt campaign detect report cli)
foreach(library IN LISTS libraries)
  set_target_properties(vmacheck_${library} PROPERTIES EXPORT_NAME ${library})
endforeach()
list(TRANSFORM libraries PREPEND vmacheck_)
install(TARGETS vmacheck vmacheck-agent vmacheck-agent-low ${libraries} EXPORT vmacheckTargets
  RUNTIME COMPONENT program
  ARCHIVE COMPONENT development)
install(EXPORT vmacheckTargets NAMESPACE vmacheck:: DESTINATION ${package_directory} COMPONENT development)
install(DIRECTORY model properties traces checker ${PROJECT_BINARY_DIR}/generated/properties
  DESTINATION include/vmacheck COMPONENT development FILES_MATCHING PATTERN "*.hpp"
  PATTERN traces/corpus EXCLUDE PATTERN traces/faults EXCLUDE PATTERN package EXCLUDE)
configure_package_config_file(checker/package/vmacheckConfig.cmake.in ${PROJECT_BINARY_DIR}/vmacheckConfig.cmake
  INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/vmacheckConfigVersion.cmake COMPATIBILITY ExactVersion)
install(FILES ${PROJECT_BINARY_DIR}/vmacheckConfig.cmake ${PROJECT_BINARY_DIR}/vmacheckConfigVersion.cmake
  DESTINATION ${package_directory} COMPONENT development)

# What the program reads as it runs (checker/config/own_files.hpp).
install(DIRECTORY traces/corpus traces/faults DESTINATION ${CMAKE_INSTALL_DATADIR}/vmacheck/traces COMPONENT program)
install(DIRECTORY checker/conform/tree checker/conform/agent DESTINATION ${CMAKE_INSTALL_DATADIR}/vmacheck/checker/conform
  COMPONENT program PATTERN CMakeLists.txt EXCLUDE)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)

# The program describes itself.
set(described ${PROJECT_BINARY_DIR}/generated/share)
add_custom_command(OUTPUT ${described}/vmacheck.1 ${described}/vmacheck ${described}/_vmacheck
  COMMAND ${CMAKE_COMMAND} -E make_directory ${described}
  COMMAND vmacheck man > ${described}/vmacheck.1
  COMMAND vmacheck completion bash > ${described}/vmacheck
  COMMAND vmacheck completion zsh > ${described}/_vmacheck
  DEPENDS vmacheck COMMENT "Writing the manual page and completion" VERBATIM)
add_custom_target(vmacheck_described ALL DEPENDS ${described}/vmacheck.1)
install(FILES ${described}/vmacheck.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES ${described}/vmacheck DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(FILES ${described}/_vmacheck DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT program)

# Debian packages: `cpack --config build/CPackConfig.cmake`, which needs dpkg-dev.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The vmacheck developers <vmacheck@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "deterministic model checker for Linux VMA operations")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME vmacheck)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libvmacheck-dev)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Libraries and headers, to build the model checker with properties of one's own.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libboost1.81-dev, libboost-json1.81-dev, libboost-iostreams1.81-dev, \
libfmt-dev, libcli11-dev, librapidcheck-dev, libsqlite3-dev, libtomlplusplus-dev, libxxhash-dev, libz3-dev, libcpp-httplib-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
include(CPack)
