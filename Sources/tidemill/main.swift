import Foundation
import TidemillApp

exit(await TidemillMain.run())
