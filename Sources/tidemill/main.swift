import Foundation
import TidemillApp

TidemillMain.settle()
exit(await TidemillMain.main())
