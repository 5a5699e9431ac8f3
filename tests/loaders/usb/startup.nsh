@echo -off
echo Granule: type one of
echo   Image pagesize=4k
echo   Image pagesize=16k
echo   Image pagesize=64k
echo   Image pagesize=auto test
fs0:
