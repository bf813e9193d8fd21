; Registers daypass:// for the person who installs, and takes it away again. The installer adds the rest.
!macro customInstall
  WriteRegStr SHELL_CONTEXT "Software\Classes\daypass" "" "URL:Daypass link"
  WriteRegStr SHELL_CONTEXT "Software\Classes\daypass" "URL Protocol" ""
  WriteRegStr SHELL_CONTEXT "Software\Classes\daypass\DefaultIcon" "" "$INSTDIR\${APP_EXECUTABLE_FILENAME},0"
  WriteRegStr SHELL_CONTEXT "Software\Classes\daypass\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
!macroend

!macro customUnInstall
  DeleteRegKey SHELL_CONTEXT "Software\Classes\daypass"
!macroend
