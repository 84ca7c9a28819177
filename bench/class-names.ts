const THINGS = [
  'accordion,airplane,anchor,ant,barrel,bass,beaver,binocular,bonsai,brain,brontosaurus,buddha,butterfly',
  'camera,cannon,car side,ceiling fan,cellphone,chair,chandelier,cougar body,cougar face,crab,crayfish',
  'crocodile,crocodile head,cup,dalmatian,dollar bill,dolphin,dragonfly,electric guitar,elephant,emu',
  'euphonium,ewer,ferry,flamingo,flamingo head,garfield,gerenuk,gramophone,grand piano,hawksbill,headphone',
  'hedgehog,helicopter,ibis,inline skate,joshua tree,kangaroo,ketch,lamp,laptop,leopard,llama,lobster',
  'lotus,mandolin,mayfly,menorah,metronome,minaret,motorbike,nautilus,octopus,okapi,pagoda,panda,pigeon',
  'pizza,platypus,pyramid,revolver,rhino,rooster,saxophone,schooner,scissors,scorpion,sea horse,snoopy',
  'soccer ball,stapler,starfish,stegosaurus,stop sign,strawberry,sunflower,tick,trilobite,umbrella,watch',
  'water lily,wheelchair,wild cat,windsor chair,wrench,yin yang,zebra',
].flatMap(line => line.split(','));

const KINDS = [
  '',
  'red',
  'small',
  'old',
  'wooden',
  'painted',
  'toy',
  'giant',
  'broken',
  'golden',
  'striped',
  'wild',
];

/** `count` names of one or two words like Caltech-101's; past its hundred, an adjective makes further ones. */
export function shortNames(count: number): string[] {
  return KINDS.flatMap(kind => THINGS.map(name => `${kind} ${name}`.trim())).slice(0, count);
}

/** `count` names as many as a dictionary has: things of a kind, of a place and at a time. */
export function manyNames(count: number): string[] {
  const places = ['', 'north', 'south', 'river', 'mountain', 'forest', 'desert', 'garden', 'street'];
  const times = ['', 'at night', 'in spring', 'in rain', 'at noon'];
  return times
    .flatMap(time => places.flatMap(place => shortNames(2000).map(name => `${place} ${name} ${time}`.trim())))
    .slice(0, count);
}

/** Long names that share words, like those of Stanford Cars ("2012 Acura TSX Sedan"). */
export function carNames(count: number): string[] {
  const makes: Record<string, string[]> = {
    Acura: ['TL', 'TSX', 'RL', 'Integra'],
    Audi: ['A5', 'S4', 'TT', 'R8', 'V8'],
    BMW: ['1 Series', '3 Series', 'X3', 'X5', 'M6'],
    Chevrolet: ['Silverado 1500', 'Corvette', 'Camaro', 'Impala', 'Malibu', 'Tahoe'],
    Dodge: ['Caravan', 'Ram Pickup', 'Charger', 'Challenger', 'Journey'],
    Ford: ['F-150', 'Mustang', 'Focus', 'Edge', 'Fiesta', 'Ranger'],
    Honda: ['Accord', 'Odyssey', 'Civic'],
    Hyundai: ['Elantra', 'Sonata', 'Tucson', 'Veloster', 'Azera'],
    Jeep: ['Patriot', 'Wrangler', 'Liberty', 'Compass'],
    Toyota: ['Corolla', 'Camry', 'Sequoia', '4Runner'],
    Volvo: ['C30', '240', 'XC90'],
  };
  const bodies = ['Sedan', 'Coupe', 'Convertible', 'SUV'];
  const years = ['2012', '2007', '2010'];
  const names: string[] = [];
  for (const year of years)
    for (const [make, models] of Object.entries(makes))
      for (const [at, model] of models.entries()) {
        names.push(`${year} ${make} ${model} ${bodies[at % bodies.length]}`);
        if (at % 2 === 0) names.push(`${year} ${make} ${model} ${bodies[(at + 1) % bodies.length]}`);
      }
  return names.slice(0, count);
}
