from qadam.site.cli import main

main()
