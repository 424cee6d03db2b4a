# What goes to a hospital's machine: `cmake --install` into a prefix, and a Debian package for machines without a network (scripts/package).
include(GNUInstallDirs)

install(TARGETS huitong RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The program looks for the definitions beside itself, then in ../share/huitong.
install(FILES ${HUITONG_PACK} DESTINATION ${CMAKE_INSTALL_DATADIR}/huitong)
install(DIRECTORY mappings terminology fhir-profiles samples DESTINATION ${CMAKE_INSTALL_DATADIR}/huitong)
install(FILES LICENSE docs/NOTICES.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/guides docs/formats DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES scripts/package/huitong.service DESTINATION lib/systemd/system)
install(FILES scripts/package/huitong.conf DESTINATION lib/sysusers.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME huitong)
set(CPACK_PACKAGE_CONTACT "The founders of Huitong")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)   # the libraries by their Debian packages
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/scripts/package/postinst)
set(CPACK_STRIP_FILES ON)
include(CPack)
